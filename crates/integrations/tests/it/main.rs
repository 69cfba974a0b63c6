mod broker_admin;
mod mosquitto;
